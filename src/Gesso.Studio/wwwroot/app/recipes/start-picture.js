import { ApiError } from '../connection/errors.js';

/** @import { Api } from '../connection/api.js' */
/** @import { Picture } from '../connection/types.js' */
/** @import { Start } from './draft.js' */

/** What the server reads. */
const ACCEPTED = new Set(['image/png', 'image/jpeg', 'image/webp']);

const THUMBNAIL = 192;

/**
 * Brings a picture to the server, to start from. Formats that only the browser reads (GIF, AVIF, BMP …) travel as PNG.
 * @param {Api} api
 * @param {Blob} file
 * @returns {Promise<Start>}
 */
export async function uploadStart(api, file) {
  const accepted = ACCEPTED.has(file.type);
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => null);
  if (bitmap === null && !accepted)
    throw new ApiError(400, 'unreadable_picture', 'This file is not a picture that can be read here. Use PNG, JPEG or WebP.');
  const upload = await api.upload(accepted || bitmap === null ? file : await asPng(bitmap));
  const { width, height } = bitmap ?? upload;
  const thumbnail = bitmap === null ? '' : thumbnailOf(bitmap);
  bitmap?.close();
  return { id: upload.id, thumbnail, width, height };
}

/**
 * A picture that the server has drawn, to start from: it is there already.
 * @param {Api} api
 * @param {Picture} picture
 * @returns {Promise<Start>}
 */
export async function drawnStart(api, picture) {
  const bitmap = await createImageBitmap(await api.pictureContent(picture.id));
  const start = { id: picture.id, thumbnail: thumbnailOf(bitmap), width: picture.width, height: picture.height };
  bitmap.close();
  return start;
}

/** @param {ImageBitmap} bitmap */
function thumbnailOf(bitmap) {
  return drawn(bitmap, Math.min(1, THUMBNAIL / Math.max(bitmap.width, bitmap.height))).toDataURL('image/jpeg', 0.85);
}

/** @param {ImageBitmap} bitmap @returns {Promise<Blob>} */
function asPng(bitmap) {
  return new Promise((resolve, reject) =>
    drawn(bitmap, 1).toBlob(blob => blob ? resolve(blob) : reject(new ApiError(400, 'unreadable_picture', 'This picture is too large for the browser to convert. Save it as PNG or JPEG first.'))));
}

/** @param {ImageBitmap} bitmap @param {number} scale */
function drawn(bitmap, scale) {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d');
  if (context) {
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}
