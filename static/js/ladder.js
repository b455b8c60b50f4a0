// Small comforts on every page. Each page works without them.

// Close an open menu on Escape or on a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// An error summary takes the focus, so that it is read first.
document.querySelector(".error-summary")?.focus();

// "Copy" beside a link that is shown once.
for (const input of document.querySelectorAll("input[data-copy], textarea[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-secondary btn-sm";
  button.textContent = input.dataset.copy;
  button.addEventListener("click", async () => {
    input.select();
    await navigator.clipboard?.writeText(input.value);
    button.textContent = input.dataset.copied;
  });
  input.after(button);
}

// On a phone the rows of a table are stacked by CSS, and browsers that take a table's meaning from its display would lose it.
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TFOOT: "rowgroup", TR: "row", TD: "cell" };
function keepTables(part) {
  for (const table of part.querySelectorAll(".table--stack")) {
    for (const one of [table, ...table.querySelectorAll("thead, tbody, tfoot, tr, th, td")]) {
      one.setAttribute("role", ROLES[one.tagName] ?? (one.scope === "row" ? "rowheader" : "columnheader"));
    }
  }
}
keepTables(document);
document.addEventListener("htmx:load", ({ detail: { elt } }) => keepTables(elt));
