/** What went wrong, in a sentence for the person: the server's own wherever it sent one. */
export class ApiError extends Error {
  /**
   * @param {number} status  0: no answer came
   * @param {string} code
   * @param {string} message
   * @param {{ param?: string | null, retryAfter?: number | null }} [more]  retryAfter in seconds
   */
  constructor(status, code, message, { param = null, retryAfter = null } = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.param = param;
    this.retryAfter = retryAfter;
  }

  /** Whether the same call may succeed a little later. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || this.status === 502 || this.status === 503 || this.status === 504;
  }

  /** Whether it failed before any server could act on it. */
  get isUnreachable() {
    return this.status === 0 || this.status === 502 || this.status === 504;
  }

  static unreachable() {
    return new ApiError(0, 'unreachable', 'The server does not answer. Check that it is running; this page goes on as soon as it is back.');
  }

  /** @param {Response} response */
  static async from(response) {
    const retryAfter = Number.parseFloat(response.headers.get('retry-after') ?? '');
    const more = { retryAfter: Number.isFinite(retryAfter) ? retryAfter : null };
    const error = await response.json().then(body => body?.error, () => null);
    if (typeof error?.message === 'string')
      return new ApiError(response.status, error.code ?? 'unknown', error.message, { ...more, param: error.param ?? null });
    return new ApiError(response.status, 'unknown', `The server answered with status ${response.status} and no explanation.`, more);
  }
}

/** @param {unknown} error @returns {string} */
export function sentence(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}
