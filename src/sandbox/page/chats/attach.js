/** The button that sends files: chosen, pasted or dropped. */

import { byId } from '../../../pages/dom.js'
import { api } from '../api.js'

const LARGEST_BYTES = 20 * 1024 * 1024

/** @param {Blob} file @returns {Promise<string>} */
function base64Of(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}

/** As QQ describes what people send. @param {File} file @param {string} url */
function described(file, url) {
  const common = { filename: file.name, url, size: file.size }
  if (file.type.startsWith('audio/')) return { content_type: 'voice', ...common, voice_wav_url: url }
  const shown = file.type.startsWith('image/') || file.type === 'video/mp4'
  return { content_type: shown ? file.type : 'file', ...common }
}

/**
 * @param {{ send: (words: string, attachments: object[]) => void, takeWords: () => string,
 *   complain: (thrown: unknown) => void }} composer
 */
export function createAttach(composer) {
  /** @type {HTMLInputElement} */
  const chosen = byId('attach-files')

  /** @param {Iterable<File>} files */
  const sendAll = async files => {
    try {
      const all = [...files]
      const heavy = all.find(({ size }) => size > LARGEST_BYTES)
      if (heavy) throw new Error(`${heavy.name} > 20 MB`)
      const attachments = []
      for (const file of all) {
        const { url } = await api.upload({ name: file.name, type: file.type, data: await base64Of(file) })
        attachments.push(described(file, url))
      }
      if (attachments.length > 0) composer.send(composer.takeWords(), attachments)
    } catch (thrown) {
      composer.complain(thrown)
    }
  }

  byId('attach').addEventListener('click', () => chosen.click())
  chosen.addEventListener('change', () => {
    const files = [...(chosen.files ?? [])]
    chosen.value = ''
    void sendAll(files)
  })
  const place = byId('conversation')
  place.addEventListener('dragover', event => event.preventDefault())
  place.addEventListener('drop', event => {
    event.preventDefault()
    void sendAll(event.dataTransfer?.files ?? [])
  })
  byId('text').addEventListener('paste', event => {
    const files = event.clipboardData?.files ?? []
    if (files.length === 0) return
    event.preventDefault()
    void sendAll(files)
  })
}
