// What the views build themselves with, and what they tell a person.

// h makes an element. Children are nodes or text: a title is never markup.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value)
    else if (value === true) element.setAttribute(name, '')
    else if (value !== false && value != null) element.setAttribute(name, value)
  }
  element.append(...children.flat().filter(child => child != null))
  return element
}

export const byId = id => document.getElementById(id)

const svg = 'http://www.w3.org/2000/svg'

export function icon(name) {
  const use = document.createElementNS(svg, 'use')
  use.setAttribute('href', `#icon-${name}`)
  const picture = document.createElementNS(svg, 'svg')
  picture.setAttribute('class', 'icon')
  picture.setAttribute('aria-hidden', 'true')
  picture.append(use)
  return picture
}

export function button(label, attributes, ...children) {
  return h('button', { type: 'button', ...attributes }, ...(children.length ? children : [label]))
}

// iconButton is a button with a picture, whose label is read and shown as a tip.
export function iconButton(label, name, attributes) {
  return button(label, { 'aria-label': label, title: label, class: 'quiet square', ...attributes }, icon(name))
}

// tell says something for a few seconds: the same words twice are read
// twice, because the element is new.
function tell(place, text) {
  const line = h('p', {}, text)
  place.replaceChildren(line)
  setTimeout(() => line.remove(), 6000)
}

export const say = text => tell(byId('said'), text)
export const alarm = text => tell(byId('alarm'), text)

// quoted shortens a title for a message.
export function quoted(title) {
  const characters = [...title]
  return `“${characters.length > 60 ? characters.slice(0, 60).join('') + '…' : title}”`
}

export const count = (n, one, many) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`

// A store of the browser may be forbidden or full: then nothing is remembered.
export function remember(store, name, value) {
  try {
    if (value === undefined) window[store].removeItem(name)
    else window[store].setItem(name, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

export function recall(store, name) {
  try {
    return JSON.parse(window[store].getItem(name)) ?? undefined
  } catch {
    return undefined
  }
}

// enterSends lets Enter send the form of a text field, as in a one-line field.
export function enterSends(area) {
  area.addEventListener('keydown', event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    area.form.requestSubmit()
  })
}
