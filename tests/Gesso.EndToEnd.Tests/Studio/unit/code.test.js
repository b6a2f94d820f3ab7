import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { csharp } from '../../../../src/Gesso.Studio/wwwroot/app/code/csharp.js';
import { curl } from '../../../../src/Gesso.Studio/wwwroot/app/code/curl.js';
import { javascript } from '../../../../src/Gesso.Studio/wwwroot/app/code/javascript.js';
import { quoted } from '../../../../src/Gesso.Studio/wwwroot/app/code/literals.js';

const SERVER = 'http://127.0.0.1:7860';

/** Words that break out of careless quoting. */
const NASTY = 'it\'s a "sign": $(rm -rf /) `id` \\n ${HOME} %s\n@file; <b>ü🎨\u2028';

/** What curl would have been called with; jq and base64 only pass on. @param {string} script @returns {string[]} */
function shellArguments(script) {
  const stubs = 'curl() { printf "%s\\0" "$@"; }; jq() { cat; }; base64() { cat; }; cd "$(mktemp -d)";\n';
  return execFileSync('bash', ['-c', `${stubs}${script}\ncat picture.*`], { env: { ...process.env, GESSO_KEY: 'gsk_1' } }).toString('utf8').split('\0').slice(0, -1);
}

/** The arguments of the openai call that a script makes. @param {string} script @returns {{ options: any, call: string, body: any, files: string[] }} */
function openAiCallOf(script) {
  const folder = mkdtempSync(join(tmpdir(), 'gesso-code-'));
  try {
    mkdirSync(join(folder, 'node_modules/openai'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/openai/package.json'), '{"name":"openai","type":"module","main":"index.js"}');
    writeFileSync(join(folder, 'node_modules/openai/index.js'), `
      import { writeFileSync } from 'node:fs';
      export default class OpenAI {
        constructor(options) {
          const record = call => async body => {
            body.image?.destroy();
            writeFileSync('call.json', JSON.stringify({ options, call, body: { ...body, image: body.image?.path } }));
            return { data: [{ b64_json: 'aGk=' }, { b64_json: 'aG8=' }] };
          };
          this.images = { generate: record('generate'), edit: record('edit') };
        }
      }`);
    writeFileSync(join(folder, 'start.png'), '');
    writeFileSync(join(folder, 'script.mjs'), script);
    execFileSync(process.execPath, ['script.mjs'], { cwd: folder, env: { ...process.env, GESSO_KEY: 'gsk_1' } });
    const extension = /picture-\$\{i \+ 1\}\.(\w+)/.exec(script)?.[1];
    return { ...JSON.parse(readFileSync(join(folder, 'call.json'), 'utf8')), files: [1, 2].map(n => readFileSync(join(folder, `picture-${n}.${extension}`), 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ADAPTERS = [{ name: 'brand', weight: 0.8 }, { name: 'ink', weight: 1 }];
const generation = { model: 'gesso-mini', prompt: NASTY, size: '64x32', n: 2, seed: 7, steps: 9, true_guidance: 2.5, negative_prompt: "fog's", adapters: ADAPTERS, output_format: 'webp' };
const edit = { model: 'gesso-mini', prompt: NASTY, image: 'abc', strength: 0.4, seed: 7 };

test('the shell sends a generation exactly, whatever the words', () => {
  const args = shellArguments(curl(SERVER, generation));
  assert.deepEqual(args.slice(0, 7), ['-s', `${SERVER}/v1/images/generations`, '-H', 'Authorization: Bearer gsk_1', '-H', 'Content-Type: application/json', '-d']);
  assert.deepEqual(JSON.parse(args[7] ?? ''), {
    model: 'gesso-mini', prompt: NASTY, size: '64x32', n: 2, output_format: 'webp', gesso: { seed: 7, steps: 9, true_guidance: 2.5, negative_prompt: "fog's", adapters: ADAPTERS },
  });
});

test('the shell sends an edit as a form, with the words as they are', () => {
  const args = shellArguments(curl(SERVER, edit));
  assert.ok(args.includes(`${SERVER}/v1/images/edits`));
  assert.equal(args[args.indexOf('-F') + 1], 'image=@start.png');
  assert.ok(args.includes(`prompt=${NASTY}`));
  assert.equal(args[args.indexOf(`prompt=${NASTY}`) - 1], '--form-string');
  assert.deepEqual(JSON.parse(args.find(arg => arg.startsWith('gesso='))?.slice(6) ?? ''), { seed: 7, strength: 0.4 });
});

test('a plain call stays plain', () => {
  assert.doesNotMatch(curl(SERVER, { prompt: 'an owl' }), /gesso"|null/);
  assert.doesNotMatch(javascript(SERVER, { prompt: 'an owl' }), /gesso:|null/);
});

test('the JavaScript runs and makes the same call with the openai package', () => {
  const { options, call, body, files } = openAiCallOf(javascript(SERVER, generation));
  assert.deepEqual(options, { baseURL: `${SERVER}/v1`, apiKey: 'gsk_1' });
  assert.equal(call, 'generate');
  assert.deepEqual(body, { model: 'gesso-mini', prompt: NASTY, size: '64x32', n: 2, output_format: 'webp', gesso: { seed: 7, steps: 9, true_guidance: 2.5, negative_prompt: "fog's", adapters: ADAPTERS } });
  assert.deepEqual(files, ['hi', 'ho']);
});

test('the JavaScript of an edit sends the picture', () => {
  const { call, body } = openAiCallOf(javascript(SERVER, edit));
  assert.equal(call, 'edit');
  assert.deepEqual(body, { image: 'start.png', model: 'gesso-mini', prompt: NASTY, gesso: { strength: 0.4, seed: 7 } });
});

test('the C# is the code that the test project compiles', () => {
  const compiled = readFileSync(new URL('../CopiedCode.cs', import.meta.url), 'utf8').replaceAll('\r\n', '\n');
  for (const [name, work] of Object.entries({ Generation: { ...generation, prompt: 'a "red" apple\nby the sea' }, Edit: { ...edit, prompt: 'an owl' } })) {
    const region = new RegExp(`#region ${name}\n([\\s\\S]*?)\n *#endregion`).exec(compiled)?.[1];
    assert.ok(region, `CopiedCode.cs has no region ${name}`);
    const body = csharp(SERVER, work).split('\n').filter(line => !line.startsWith('using Gesso.')).join('\n').trim();
    assert.equal(region.split('\n').map(line => line.replace(/^ {8}/, '')).join('\n').trim(), body);
  }
});

test('literals hold every kind of line end, for both languages', () => {
  assert.equal(quoted('a\u2028b\u2029c\u0085d\r\n"'), '"a\\u2028b\\u2029c\\u0085d\\r\\n\\""');
});
