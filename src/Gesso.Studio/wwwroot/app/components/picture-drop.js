import { h, takesText } from '../dom.js';

/**
 * A picture from outside: dropped anywhere on the page, or pasted.
 * @param {(picture: Blob) => void} onPicture
 */
export function acceptPictures(onPicture) {
  const veil = h('div', { class: 'drop-veil', hidden: true, 'aria-hidden': 'true' }, h('p', {}, 'Drop the picture to start from it'));
  document.body.append(veil);

  /** @param {DragEvent} event */
  const carriesFiles = event => event.dataTransfer?.types.includes('Files') === true && !modalOpen();
  document.addEventListener('dragenter', event => {
    if (carriesFiles(event))
      veil.hidden = false;
  });
  document.addEventListener('dragover', event => {
    if (!carriesFiles(event))
      return;
    event.preventDefault();
    if (event.dataTransfer)
      event.dataTransfer.dropEffect = 'copy';
  });
  document.addEventListener('dragleave', event => {
    // leaving for another element of the page has a target, leaving the window has none
    if (event.relatedTarget === null)
      veil.hidden = true;
  });
  document.addEventListener('drop', event => {
    veil.hidden = true;
    if (!carriesFiles(event))
      return;
    event.preventDefault();
    deliver(event.dataTransfer);
  });
  document.addEventListener('paste', event => {
    // office programs put a picture beside the text they copy: in a text field the words are meant
    const wordsMeant = takesText(document.activeElement) && event.clipboardData?.types.includes('text/plain');
    if (!modalOpen() && !wordsMeant && deliver(event.clipboardData))
      event.preventDefault();
  });

  /** @param {DataTransfer | null} data @returns {boolean} */
  function deliver(data) {
    const files = [...(data?.files ?? [])];
    const picture = files.find(file => file.type.startsWith('image/')) ?? files[0];
    if (picture === undefined)
      return false;
    onPicture(picture);
    return true;
  }
}

function modalOpen() {
  return document.querySelector('dialog[open]') !== null;
}
