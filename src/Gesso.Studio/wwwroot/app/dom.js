/** @typedef {Node | string | null | undefined | false} Child */

/**
 * Makes an element. Text is always text: nothing that comes from the server or the person is read as markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, unknown>} [props]  `class`, `on` + event, `data-…` and `aria-…` attributes, otherwise properties of the element
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null)
      continue;
    if (name.startsWith('on') && typeof value === 'function')
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === 'class')
      element.className = String(value);
    else if (name.includes('-') || name === 'role' || name === 'for')
      element.setAttribute(name, String(value));
    else
      /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (element))[name] = value;
  }
  element.append(...shown(children));
  return element;
}

/** Replaces what an element holds. @param {Element} element @param {...Child} children */
export function fill(element, ...children) {
  element.replaceChildren(...shown(children));
}

/** A drawing of the sprite; it says nothing to screen readers, its button does. @param {string} name @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('viewBox', '0 0 20 20');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/** @param {Element | null} element  whether keys typed there are text */
export function takesText(element) {
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement
    || (element instanceof HTMLInputElement && !['button', 'checkbox', 'radio', 'range', 'file'].includes(element.type));
}

/** @param {Child[]} children @returns {(Node | string)[]} */
function shown(children) {
  return /** @type {(Node | string)[]} */ (children.filter(child => child !== null && child !== undefined && child !== false));
}
