// Reads the AsyncAPI document as other teams' tools do: the official parser, Modelina's models, a strict JSON Schema validator.
import fs from 'node:fs';
import path from 'node:path';
import { JavaFileGenerator, TypeScriptFileGenerator } from '@asyncapi/modelina';
import { Parser, fromFile } from '@asyncapi/parser';
import Ajv2020 from 'ajv/dist/2020.js';

const [file, out] = process.argv.slice(2);
const { document, diagnostics } = await fromFile(new Parser(), file).parse();
const typescript = await new TypeScriptFileGenerator({ modelType: 'interface', moduleSystem: 'ESM' }).generateToFiles(
  document, path.join(out, 'ts'), { exportType: 'named' });
const java = await new JavaFileGenerator().generateToFiles(
  document, path.join(out, 'java/org/carebus/events'), { packageName: 'org.carebus.events' });
const ajv = new Ajv2020.default({ strict: true, validateFormats: false });
ajv.addVocabulary(['x-phi', 'x-default']);
const folder = path.dirname(file);
const refused = fs.readdirSync(folder).filter((name) => name.endsWith('.json')).filter((name) => {
  try { ajv.compile(JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))); return false; } catch { return true; }
});
const names = (models) => [...new Set(models.map((model) => model.modelName))].sort();
console.log(JSON.stringify({
  diagnostics: diagnostics.map(({ code }) => code), typescript: names(typescript), java: names(java), refused,
}));
