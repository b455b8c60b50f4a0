"""The words that the linter's rules look for, in both languages. Each entry is a regular expression for whole words.

Add an inflection or a product here; `linter.py` says what the lists are for. Pure data.
"""

from __future__ import annotations

# Words that two readers fill differently (L007).
VAGUE = {
    "en": (
        r"often", r"usually", r"sometimes", r"regularly", r"frequently", r"rarely", r"adequate(ly)?",
        r"appropriate(ly)?", r"sufficient(ly)?", r"(good|best) practices?", r"effective(ly)?", r"efficient(ly)?",
        r"mature", r"robust(ly)?", r"modern", r"several", r"various", r"mostly", r"fully", r"properly", r"as needed",
        r"where possible",
    ),
    "pt-br": (
        r"frequentemente", r"geralmente", r"às vezes", r"regularmente", r"raramente", r"adequad[oa]s?",
        r"adequadamente", r"apropriad[oa]s?", r"suficientes?", r"suficientemente", r"(boa|melhor)(es|s)? práticas?",
        r"efica(z|zes|zmente)", r"eficientes?", r"eficientemente", r"madur[oa]s?", r"robust[oa]s?", r"modern[oa]s?",
        r"vári[oa]s", r"plenamente", r"devidamente", r"quando possível", r"sempre que possível",
    ),
}  # fmt: skip

# Verbs of opinion: nobody else can check them (L008). "Agreed" and "combinado" are facts, so only the verb is meant.
OPINION = {
    "en": (
        r"believes?", r"feels?", r"thinks?", r"agrees?", r"satisfied",
    ),
    "pt-br": (
        r"acredit(a|am|ar|amos)", r"sent(e|em|ir|imos)", r"ach(a|am|ar|amos)", r"concord(a|am|ar|amos)",
        r"satisfeit[oa]s?",
    ),
}  # fmt: skip

CONJUNCTIONS = {
    "en": (r"and/or", r"and", r"or", r"as well as"),
    "pt-br": (r"e/ou", r"e", r"ou", r"bem como", r"assim como"),
}
"""What joins two things in one stem (L006)."""

STEM_NEGATIONS = {
    "en": (r"not", r"\w+n['’]t", r"cannot", r"no longer", r"never"),
    "pt-br": (r"não", r"nunca"),
}
"""What a stem is better asked without (L009)."""

ABSOLUTES = {
    "en": (r"always", r"everyone", r"all"),
    "pt-br": (r"sempre", r"todo mundo", r"todos", r"todas"),
}
"""Claims without exception, which belong to coverage (L010)."""

LEVEL_WORDS = {
    "en": (r"levels? [1-5]", r"maturity"),
    "pt-br": (r"níve(l|is) [1-5]", r"maturidade"),
}
"""What tells the reader which answer counts more (L013)."""

# What an evidence line points to: something that an outsider can open (L014).
EVIDENCE = {
    "en": (
        r"logs?", r"tickets?", r"lists?", r"tables?", r"dates?", r"records?", r"reports?", r"charts?",
        r"configurations?", r"repositor(y|ies)", r"minutes", r"surveys?", r"inventor(y|ies)", r"documents?",
        r"requests?", r"rules?", r"errors?", r"notes?", r"history", r"calendars?", r"boards?", r"alerts?", r"plans?",
        r"pages?", r"sheets?", r"catalogues?", r"manifests?", r"maps?",
    ),
    "pt-br": (
        r"logs?", r"chamados?", r"listas?", r"tabelas?", r"datas?", r"registros?", r"relatórios?", r"gráficos?",
        r"configuraç(ão|ões)", r"repositórios?", r"atas?", r"pesquisas?", r"inventários?", r"documentos?",
        r"demandas?", r"solicitaç(ão|ões)", r"regras?", r"erros?", r"anotaç(ão|ões)", r"notas?", r"históricos?",
        r"calendários?", r"agendas?", r"quadros?", r"alertas?", r"planos?", r"páginas?", r"planilhas?", r"catálogos?",
        r"manifestos?", r"mapas?", r"fichas?",
    ),
}  # fmt: skip

PERIODS = {
    "en": (r"months?", r"quarters?", r"days"),
    "pt-br": (r"mês", r"meses", r"trimestres?", r"dias"),
}
"""Words that speak of a period, which `window_days` then states (L026)."""

# European Portuguese, and spellings from before the reform of 2009 (L020).
EUROPEAN = (
    r"ficheiros?", r"utilizador(es|as?)?", r"registos?", r"equipas?", r"ecrãs?", r"planeamentos?", r"contactos?",
    r"factos?", r"projectos?", r"actual(mente|iza\w+)?", r"acç(ão|ões)", r"direcç(ão|ões)", r"secç(ão|ões)",
    r"objectivos?", r"activ(o|a|os|as|idades?)", r"detecç(ão|ões)", r"telemóve(l|is)", r"palavras?-passe",
    r"partilh(a|am|ar|ado|ada|ados|adas)", r"aceder(am|em)?", r"controlos", r"económic[oa]s?", r"anónim[oa]s?",
)  # fmt: skip

# Products and vendors (L015). Case counts: "Looker" is a product, "a looker-on" isn't. Names that are everyday words at
# the beginning of a sentence (Segment, Notion, Teams) don't stand here.
VENDORS = (
    r"AWS", r"Amazon", r"Redshift", r"SageMaker", r"Azure", r"Microsoft", r"Power ?BI", r"SharePoint", r"Excel",
    r"Google", r"BigQuery", r"Looker", r"Vertex AI", r"GCP", r"IBM", r"Oracle", r"SAP", r"Salesforce", r"Tableau",
    r"Qlik(View| Sense)?", r"Metabase", r"Superset", r"Grafana", r"Prometheus", r"Datadog", r"Splunk", r"PagerDuty",
    r"Snowflake", r"Databricks", r"Teradata", r"Cloudera", r"Palantir", r"Dremio", r"Trino", r"Presto", r"Informatica",
    r"Talend", r"Alteryx", r"Matillion", r"Fivetran", r"Airbyte", r"Stitch", r"dbt", r"Dataform", r"Airflow",
    r"Dagster", r"Prefect", r"Luigi", r"Argo( CD)?", r"Kubeflow", r"MLflow", r"Weights & Biases", r"DataKitchen",
    r"Monte Carlo", r"Great Expectations", r"Soda( Core)?", r"Deequ", r"Collibra", r"Alation", r"Atlan", r"DataHub",
    r"Amundsen", r"OpenLineage", r"Apache", r"Spark", r"Kafka", r"Flink", r"Hadoop", r"Hive", r"NiFi", r"Iceberg",
    r"Delta Lake", r"PostgreSQL", r"Postgres", r"MySQL", r"MongoDB", r"Redis", r"Cassandra", r"Elasticsearch",
    r"ClickHouse", r"DuckDB", r"Docker", r"Kubernetes", r"Terraform", r"Ansible", r"Helm", r"Jenkins", r"GitHub",
    r"GitLab", r"Bitbucket", r"CircleCI", r"Jira", r"Confluence", r"Trello", r"Asana", r"Slack", r"ServiceNow",
    r"Zendesk", r"Okta", r"Jupyter", r"Pandas", r"TensorFlow", r"PyTorch", r"OpenAI", r"ChatGPT", r"Hugging Face",
    r"DVC", r"Feast", r"Tecton",
)  # fmt: skip

MARKUP = (r"</?[a-zA-Z][^>]*>?", r"&(#\d+|#x[0-9a-fA-F]+|[a-z]+);", r"<!--")
"""HTML, which a page would show literally (L023)."""

PLACEHOLDERS = (r"TODO", r"TBD", r"FIXME", r"[Ll]orem", r"LOREM", r"[Xx]{3,}", r"\?{2,}", r"\[\.\.\.\]")
"""What an author left for later (L023). Case counts: "todo" is a Portuguese word."""

# Numbers written out, from 2: "one" and "um" are articles as well.
NUMBERS = {
    "en": {
        "two": 2, "both": 2, "twice": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
        "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20,
    },
    "pt-br": {
        "dois": 2, "duas": 2, "ambos": 2, "ambas": 2, "três": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7,
        "oito": 8, "nove": 9, "dez": 10, "onze": 11, "doze": 12, "vinte": 20,
    },
}  # fmt: skip

# Events that someone else can see have happened, where "done when" has no number (L035).
EVENTS = {
    "en": (
        r"accepted", r"agreed", r"answered", r"approved", r"assigned", r"blocks?", r"checked", r"closed", r"completed",
        r"confirmed", r"decided", r"decision", r"each", r"ended", r"every", r"exists?", r"finds?", r"found", r"held",
        r"links?", r"names?", r"named", r"passe[sd]", r"published", r"recorded", r"refuse[sd]?", r"released",
        r"removed", r"reported", r"restored", r"reviewed", r"runs?", r"shows?", r"shown", r"signed", r"started",
        r"stops?", r"switched off", r"used", r"written",
    ),
}  # fmt: skip
