// The server, as the page asks it.

// A Problem is an answer that says no (RFC 9457).
export class Problem extends Error {
  constructor(status, body) {
    super(body?.detail || body?.title || `The server answers ${status}.`);
    this.status = status;
    this.findings = body?.findings ?? [];
  }
}

// ask makes a request and returns the JSON of its answer, or throws a Problem.
export async function ask(method, path, { body, headers, signal } = {}) {
  let answer;
  try {
    answer = await fetch(path, { method, body, headers, signal });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, { detail: 'The server cannot be reached. Is it still running?' });
  }
  const text = await answer.text();
  let read = null;
  try {
    read = JSON.parse(text);
  } catch {
    // An answer that is not JSON has nothing more to say than its status.
  }
  if (!answer.ok) throw new Problem(answer.status, read);
  return read;
}

// passPath is a pass as the last two segments of a path.
export const passPath = (pass) => `${encodeURIComponent(pass.passTypeIdentifier)}/${encodeURIComponent(pass.serialNumber)}`;

// issuerPath is a pass in the issuer's API.
export const issuerPath = (pass) => `/issuer/v1/passes/${passPath(pass)}`;

// same reports that two objects name the same pass.
export const same = (a, b) => a.passTypeIdentifier === b.passTypeIdentifier && a.serialNumber === b.serialNumber;
