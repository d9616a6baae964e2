/** What a tool gave back, as the data that a model reads. Pure. */
import type { CallToolResult, ContentBlock } from '@modelcontextprotocol/client'

export function resultText({ content, structuredContent, isError }: CallToolResult, mostChars: number): string {
  const told = content
    .map(partText)
    .filter(part => part !== '')
    .join('\n')
  const text = told === '' && structuredContent !== undefined ? JSON.stringify(structuredContent) : told
  if (isError) return failureText(text === '' ? 'the tool failed' : text, mostChars)
  return text === '' ? '(no result)' : cut(text, mostChars)
}

export function failureText(reason: string, mostChars: number): string {
  return JSON.stringify({ error: cut(reason, mostChars) })
}

function partText(part: ContentBlock): string {
  switch (part.type) {
    case 'text':
      return part.text
    case 'resource_link':
      return `[${part.title ?? part.name}: ${part.uri}]`
    case 'resource':
      return 'text' in part.resource ? part.resource.text : `[file: ${part.resource.uri}]`
    case 'image':
    case 'audio':
      return `[${part.type}: ${part.mimeType}, ${Math.round((part.data.length * 3) / 4)} bytes]`
  }
}

/** The beginning, and how much there was. */
function cut(text: string, mostChars: number): string {
  if (text.length <= mostChars) return text
  return `${text.slice(0, mostChars).toWellFormed()}\n[cut here: ${mostChars} of ${text.length} characters]`
}
