import { h } from '../../dom.js';
import { parseSize } from '../../recipes/shapes.js';

/** @import { Job, Picture } from '../../connection/types.js' */

/**
 * The place of one picture on a card: empty paper, then the picture as it forms, then the picture.
 * @param {{ job: Job, index: number, open: (picture: Picture) => void, renew: (picture: string) => Promise<string | null> }} options
 */
export function createFrame({ job, index, open, renew }) {
  const forming = h('img', { class: 'forming', alt: '', hidden: true });
  const element = h('div', { class: 'frame' }, forming);
  let shownPreview = '';
  let shownPicture = '';
  const size = parseSize(job.size) ?? parseSize(job.request?.size) ?? { width: 1, height: 1 };
  setShape(element, size.width, size.height);

  return {
    element,
    /** @param {string | null} preview @param {number} fraction  of this picture */
    showPreview(preview, fraction) {
      element.classList.toggle('active', true);
      element.style.setProperty('--done', String(fraction));
      if (preview === null || preview === shownPreview || shownPicture !== '')
        return;
      shownPreview = preview;
      // decoded before it is shown: no flicker between two steps
      const next = new Image();
      next.src = preview;
      next.decode().then(() => {
        if (shownPreview !== preview || shownPicture !== '')
          return;
        forming.src = preview;
        forming.hidden = false;
      }, () => {});
    },
    showWaiting() {
      element.classList.toggle('active', false);
    },
    /** @param {Picture} picture */
    showPicture(picture) {
      if (shownPicture === picture.id)
        return;
      shownPicture = picture.id;
      setShape(element, picture.width, picture.height);
      const image = pictureImage(picture, renew);
      const button = h('button', { type: 'button', class: 'frame-open', 'aria-label': `Look at picture ${index + 1}: ${picture.prompt}`, onclick: () => open(picture) }, image);
      const reveal = () => {
        element.classList.remove('active');
        element.classList.add('finished');
        element.replaceChildren(button);
      };
      image.decode().then(reveal, reveal);
    },
  };
}

/**
 * A picture of the server; its signed address is renewed once when it no longer works.
 * @param {Picture} picture
 * @param {(picture: string) => Promise<string | null>} renew
 */
export function pictureImage(picture, renew) {
  const image = h('img', { src: picture.url, alt: picture.prompt, width: picture.width, height: picture.height, decoding: 'async' });
  image.addEventListener('error', async () => {
    const address = await renew(picture.id);
    if (address !== null)
      image.src = address;
  }, { once: true });
  return image;
}

/** @param {HTMLElement} element @param {number} width @param {number} height */
export function setShape(element, width, height) {
  element.style.setProperty('--width', String(width));
  element.style.setProperty('--height', String(height));
}
