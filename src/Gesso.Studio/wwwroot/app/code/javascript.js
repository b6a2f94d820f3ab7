import { openAiCall, quoted, START_FILE } from './literals.js';

/** @import { Work } from '../connection/types.js' */

/** The official openai package, unchanged. @param {string} server  origin @param {Work} work */
export function javascript(server, work) {
  const { isEdit, fields, gesso } = openAiCall(work);
  const lines = Object.entries(fields).map(([name, value]) => `  ${name}: ${literal(value)},`);
  if (isEdit)
    lines.unshift(`  image: createReadStream(${quoted(START_FILE)}),`);
  if (gesso)
    lines.push(`  gesso: { ${Object.entries(gesso).map(([name, value]) => `${name}: ${literal(value)}`).join(', ')} },`);
  return [
    ...(isEdit ? ["import { createReadStream } from 'node:fs';"] : []),
    "import { writeFile } from 'node:fs/promises';",
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: ${quoted(server + '/v1')}, apiKey: process.env.GESSO_KEY });`,
    `const { data } = await client.images.${isEdit ? 'edit' : 'generate'}({`,
    ...lines,
    '});',
    'for (const [i, picture] of data.entries())',
    `  await writeFile(\`picture-\${i + 1}.${fields.output_format ?? 'png'}\`, Buffer.from(picture.b64_json, 'base64'));`,
    '',
  ].join('\n');
}

/** @param {unknown} value */
function literal(value) {
  return typeof value === 'string' ? quoted(value) : JSON.stringify(value);
}
