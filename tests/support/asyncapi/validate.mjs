// Reads an AsyncAPI document and writes what is wrong with it, as a JSON array of texts.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import { AvroSchemaParser } from "@asyncapi/avro-schema-parser";

const NEWS_ONLY = new Set(["asyncapi-latest-version"]);

const parser = new Parser();
parser.registerSchemaParser(AvroSchemaParser());
const { diagnostics } = await parser.parse(readFileSync(0, "utf8"));
const faults = diagnostics
  .filter((found) => !NEWS_ONLY.has(found.code))
  .map((found) => `${found.path.join(".")}: ${found.message}`);
process.stdout.write(JSON.stringify(faults));
