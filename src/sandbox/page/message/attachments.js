/** What hangs on a message: pictures to see, voices to hear, files to fetch. */
import { el } from '../../../pages/dom.js'
import { say } from '../language.js'

const PICTURE = /^image\//
const SOUND = /^(?:voice|audio\/)/
/** What a bot says that it uploaded. */
const KINDS = { 1: 'image/', 2: 'video/', 3: 'voice' }
const HOSTED = /^\/hosted\/([0-9a-f-]+)\/(.+)$/

/**
 * Where the page gets a file that the platform keeps; undefined for one that lies elsewhere: the page asks nobody else.
 * @param {unknown} url
 */
function ownAddress(url) {
  if (typeof url !== 'string' || !URL.canParse(url, location.href)) return undefined
  const found = HOSTED.exec(new URL(url, location.href).pathname)
  return found ? `/sandbox/files/${found[1]}/${found[2]}` : undefined
}

/** @param {unknown} attachment */
export function attachmentView(attachment) {
  const {
    name,
    filename,
    content_type: given,
    file_type: fileType,
    url,
    voice_wav_url: wav,
  } = /** @type {any} */ (attachment) ?? {}
  const kind = String(given ?? KINDS[/** @type {1} */ (fileType)] ?? 'file')
  const label = String(name ?? filename ?? given ?? say('file'))
  const address = ownAddress(SOUND.test(kind) ? (wav ?? url) : url)
  if (address === undefined) return el('span', { class: 'attachment' }, `📎 ${label}`)
  if (PICTURE.test(kind)) return el('img', { class: 'photo', src: address, alt: label, title: label })
  if (SOUND.test(kind))
    return el('audio', { class: 'sound', src: address, controls: true, preload: 'metadata', 'aria-label': label })
  return el('a', { class: 'attachment', href: address, download: label }, `📎 ${label}`)
}
