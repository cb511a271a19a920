/**
 * Exports a drawing as a self-contained SVG or PNG, with computed colours and fonts and without
 * references to other files.
 */

/** The style properties that are copied into the file. */
const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'paint-order',
  'font-family',
  'font-size',
  'font-weight',
  'opacity',
  'visibility'
];

const COLOURS = new Set(['fill', 'stroke']);

/** The scale of PNG images, which keeps them sharp on high-resolution screens and in print. */
const PNG_SCALE = 2;

const SVG = 'http://www.w3.org/2000/svg';

/** Return the drawing as SVG text in its own size. */
export function toSvg(drawing: SVGSVGElement, title: string, background: string): string {
  const copy = drawing.cloneNode(true) as SVGSVGElement;
  const [, , width = '0', height = '0'] = (drawing.getAttribute('viewBox') ?? '').split(' ');
  inlineStyles(drawing, copy);
  copy.querySelectorAll('[data-ring]').forEach(one => one.remove());
  copy.setAttribute('xmlns', SVG);
  copy.setAttribute('width', width);
  copy.setAttribute('height', height);
  copy.setAttribute('role', 'img');
  const ground = document.createElementNS(SVG, 'rect');
  ground.setAttribute('width', width);
  ground.setAttribute('height', height);
  ground.setAttribute('fill', toRgb(background));
  const name = document.createElementNS(SVG, 'title');
  name.textContent = title;
  copy.prepend(name, ground);
  return new XMLSerializer().serializeToString(copy);
}

/**
 * Return the SVG as a PNG. Rejects if the browser cannot draw the SVG, for example because the SVG
 * is too large.
 */
export async function toPng(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = image.naturalWidth * PNG_SCALE;
  canvas.height = image.naturalHeight * PNG_SCALE;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(blob => {
      if (blob) {
        resolve(blob);
      } else {
        reject(new Error('This graph is too large for a PNG; save it as SVG.'));
      }
    }, 'image/png');
  });
}

/** Download the content as a file. */
export function downloadFile(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // Revoke the URL later, because the browser reads it after the click event.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Return a file name for a function, with the slash of `package/name` replaced. */
export function fileName(name: string, ending: string): string {
  return `${name.replace(/[^\p{L}\p{N}._-]+/gu, '-') || 'composition'}.${ending}`;
}

function inlineStyles(from: Element, onto: Element): void {
  const style = getComputedStyle(from);
  for (const name of STYLES) {
    const value = style.getPropertyValue(name);
    if (value !== '') {
      onto.setAttribute(name, COLOURS.has(name) ? toRgb(value) : value);
    }
  }
  for (const attribute of ['class', 'style', 'tabindex', 'aria-pressed', 'data-id', 'data-path']) {
    onto.removeAttribute(attribute);
  }
  if (onto.getAttribute('role') === 'button') {
    onto.setAttribute('role', 'img');
  }
  [...from.children].forEach((child, index) => {
    const copy = onto.children[index];
    if (copy) {
      inlineStyles(child, copy);
    }
  });
}

/**
 * Convert a colour to `rgb(…)`, because other programs do not support `color-mix()` and similar
 * functions.
 */
function toRgb(colour: string): string {
  if (colour === 'none' || /^(rgba?\([\d., ]+\)|#)/.test(colour)) {
    return colour;
  }
  const context = document.createElement('canvas').getContext('2d');
  if (!context) {
    return colour;
  }
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha = 255] = context.getImageData(0, 0, 1, 1).data;
  return alpha === 255
    ? `rgb(${red}, ${green}, ${blue})`
    : `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(3)})`;
}
