"""Write the JSON Schemas of the contracts: `python -m pipeline.export.schemas docs/schemas`."""

import json
import sys
from pathlib import Path

from pipeline.export.contracts import ENTITIES, VERSION, Contract

MAJOR = VERSION.split(".")[0]


def schema_text(entity: str, model: type[Contract]) -> str:
    """The JSON Schema of one contract, stable to the byte."""
    schema = model.model_json_schema(mode="validation")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:apdesk:ap.{entity}.{MAJOR}",
        "title": f"ap.{entity}.{VERSION}",
    }
    return json.dumps({**schema, **head}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """One file `ap.<entity>.v1.json` per contract; returns them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for entity, model in ENTITIES.items():
        file = folder / f"ap.{entity}.{MAJOR}.json"
        file.write_text(schema_text(entity, model), encoding="utf-8")
        files.append(file)
    return files


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/schemas"))
