import { openAiCall, shellQuoted, START_FILE } from './literals.js';

/** @import { Work } from '../connection/types.js' */

/** @param {string} server  origin @param {Work} work */
export function curl(server, work) {
  const { isEdit, fields, gesso } = openAiCall(work);
  const head = `curl -s ${server}/v1/images/${isEdit ? 'edits' : 'generations'} \\\n  -H "Authorization: Bearer $GESSO_KEY" \\\n`;
  const tail = ` \\\n  | jq -r '.data[0].b64_json' | base64 -d > picture.${fields.output_format ?? 'png'}\n`;
  if (!isEdit)
    return `${head}  -H 'Content-Type: application/json' \\\n  -d ${shellQuoted(JSON.stringify(gesso ? { ...fields, gesso } : fields, null, 2))}${tail}`;
  // --form-string takes the words as they are; with -F a leading @ or < would name a file
  const texts = { ...fields, ...(gesso ? { gesso: JSON.stringify(gesso) } : {}) };
  const lines = Object.entries(texts).map(([name, value]) => `  --form-string ${shellQuoted(`${name}=${value}`)}`);
  return `${head}  -F image=@${START_FILE} \\\n${lines.join(' \\\n')}${tail}`;
}
