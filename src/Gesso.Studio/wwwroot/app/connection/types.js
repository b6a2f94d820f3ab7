/**
 * What the server sends and takes (docs/api.md), as far as the pages use it.
 *
 * @typedef {'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'} JobState
 *
 * @typedef {object} Work  the work of a job; a null member is the model's default
 * @property {string} [model]
 * @property {string} [prompt]
 * @property {string | null} [size]
 * @property {number} [n]
 * @property {number | null} [seed]
 * @property {number | null} [steps]
 * @property {number | null} [guidance]
 * @property {number | null} [true_guidance]
 * @property {string | null} [negative_prompt]
 * @property {string | null} [prompt_2]
 * @property {string | null} [image]
 * @property {string | null} [mask]
 * @property {string | null} [mask_reading]
 * @property {string | null} [control_image]
 * @property {number | null} [strength]
 * @property {string | null} [sampler]
 * @property {string | null} [parity]
 * @property {number | null} [text_length]
 * @property {AdapterUse[] | null} [adapters]
 * @property {TextDocument | 'auto' | boolean | null} [text]
 * @property {string | null} [output_format]
 * @property {number | null} [output_compression]
 *
 * @typedef {{ name: string, weight: number }} AdapterUse
 *
 * @typedef {{ layers: { text: string }[] }} TextDocument  docs/typography.md; what else it holds the pages only hand on
 *
 * @typedef {object} Picture
 * @property {string} id
 * @property {string} job
 * @property {number} index
 * @property {string} url  signed, works for a while
 * @property {string} media_type
 * @property {number} width
 * @property {number} height
 * @property {number} bytes
 * @property {number} seed
 * @property {number} created_at  unix seconds
 * @property {string} prompt
 * @property {string} model
 * @property {Work} request
 * @property {{ document: TextDocument, passed: boolean, problems: string[], notes: string[] } | null} [text]  what was laid into it
 *
 * @typedef {object} Progress
 * @property {number} image
 * @property {number} images
 * @property {number} step
 * @property {number} steps
 * @property {number} fraction
 * @property {number | null} [eta_seconds]
 * @property {number} [attempt]
 * @property {string | null} [preview]  data: URL
 *
 * @typedef {object} Job
 * @property {string} id
 * @property {JobState} state
 * @property {string} model
 * @property {string} prompt
 * @property {number} n
 * @property {string | null} [size]
 * @property {number} created_at
 * @property {number | null} [finished_at]
 * @property {number} [attempt]
 * @property {number | null} [position]  jobs of the same tenant that go first
 * @property {number | null} [wait_seconds]
 * @property {Progress | null} [progress]
 * @property {Picture[]} pictures
 * @property {{ code: string, message: string, type?: string } | null} [error]
 * @property {string} key
 * @property {Work} request
 * @property {string} [event]
 * @property {string[]} [warnings]  in the answer to the request only
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {string[]} [aliases]
 * @property {boolean} ready
 * @property {string | null} [variant]
 * @property {{ size: string, steps: number, guidance: number, true_guidance: number, negative_prompt: string } | null} [defaults]
 * @property {number | null} [pixel_step]
 * @property {boolean | null} [takes_guidance]
 * @property {string | null} [problem]
 *
 * @typedef {object} Adapter
 * @property {string} name
 * @property {string[]} models  those it fits
 * @property {string | null} [family]
 * @property {string | null} [trigger]
 * @property {string | null} [problem]
 *
 * @typedef {object} Status
 * @property {string} version
 * @property {{ queued: number, running: number, wait_seconds?: number | null }} queue
 * @property {{ id: string, name: string, role: string, tenant: string }} key
 * @property {{ max_count?: number, max_steps?: number, max_pixels?: number }} [limits]
 *
 * @typedef {object} Upload
 * @property {string} id
 * @property {number} width
 * @property {number} height
 */

export {};
