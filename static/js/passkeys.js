// Passkeys where the browser has them: what belongs to them is shown, and failures are said on the page.

// No browser has passkeys for an address in numbers.
const byName = !/^[\d.]+$|:/.test(location.hostname);
if (byName && window.isSecureContext && window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkeys]")) part.hidden = false;
  for (const part of document.querySelectorAll("[data-without-passkeys]")) part.hidden = true;
}

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const place of document.querySelectorAll("[data-passkey-status]")) place.textContent = place.dataset.passkeyStatus;
});
