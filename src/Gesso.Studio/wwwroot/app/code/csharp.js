import { quoted, START_FILE } from './literals.js';

/** @import { AdapterUse, Work } from '../connection/types.js' */

/** Fields of the request record in Gesso.Client, in its order. @type {Record<string, string>} */
const PROPERTIES = {
  model: 'Model', prompt: 'Prompt', prompt_2: 'Prompt2', size: 'Size', n: 'Count', seed: 'Seed', steps: 'Steps', guidance: 'Guidance', true_guidance: 'TrueGuidance',
  negative_prompt: 'NegativePrompt', image: 'Image', strength: 'Strength', sampler: 'Sampler', parity: 'Parity', text_length: 'TextLength', adapters: 'Adapters', text: 'Text', output_format: 'OutputFormat',
  output_compression: 'OutputCompression',
};

/** Gesso's own client. @param {string} server  origin @param {Work} work */
export function csharp(server, work) {
  const given = /** @type {Record<string, unknown>} */ (work);
  const isEdit = work.image != null;
  const lines = Object.entries(PROPERTIES)
    .filter(([field]) => given[field] !== null && given[field] !== undefined)
    .map(([field, property]) => `    ${property} = ${field === 'image' ? 'start.Id' : literal(field, given[field])},`);
  return [
    'using Gesso.Client;',
    ...(work.size == null ? [] : ['using Gesso.Contracts.Images;']),
    ...(work.text == null ? [] : ['using System.Text.Json;']),
    '',
    `using var gesso = new GessoClient(new Uri(${quoted(server)}), Environment.GetEnvironmentVariable("GESSO_KEY")!);`,
    ...(isEdit ? [`var start = await gesso.Uploads.AddAsync(await File.ReadAllBytesAsync(${quoted(START_FILE)}), "image/png");`] : []),
    'var job = await gesso.Jobs.SubmitAsync(new JobRequest',
    '{',
    ...lines,
    '});',
    'job = await gesso.Jobs.WaitAsync(job.Id);',
    'foreach (var picture in job.Pictures)',
    `    await File.WriteAllBytesAsync($"picture-{picture.Index + 1}.${work.output_format ?? 'png'}", await gesso.Pictures.ReadAsync(picture.Id));`,
    '',
  ].join('\n');
}

/** @param {string} field @param {unknown} value */
function literal(field, value) {
  if (field === 'size')
    return `new ImageSize(${String(value).replace('x', ', ')})`;
  if (field === 'adapters')
    return `[${/** @type {AdapterUse[]} */ (value).map(({ name, weight }) => `new JobAdapter(${quoted(name)}, ${weight})`).join(', ')}]`;
  if (field === 'text')
    return `JsonElement.Parse(${quoted(JSON.stringify(value))})`;
  return typeof value === 'string' ? quoted(value) : String(value);
}
