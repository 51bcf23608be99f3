// Keys, and content that is opened for a short time. Every page works without this.
"use strict";

// The library notes the address of the page for a history that is switched off here; no case is named in a browser.
addEventListener("load", () => sessionStorage.removeItem("htmx-current-path-for-history"));

const seconds = () => Number(document.querySelector("[data-seconds]")?.dataset.seconds ?? 10);

function typing(target) {
  return target.closest("input, textarea, select") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) {
    if (event.key !== "k" || !event.ctrlKey) return;
  }
  if (event.key === "m" || (event.key === "k" && event.ctrlKey)) {
    const menu = document.querySelector(".menu");
    if (menu === null) return;
    event.preventDefault();
    menu.open = !menu.open;
    if (menu.open) menu.querySelector("a").focus();
    return;
  }
  if (event.key === "Escape") {
    cover();
    document.querySelectorAll(".menu[open]").forEach((menu) => { menu.open = false; });
  }
  const chosen = event.key === "p" ? document.querySelector("button.pause")
    : document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (chosen === null) return;
  event.preventDefault();
  chosen.click();
});

let open = null;

// Take the content off the page and out of the memory of the browser.
function cover() {
  if (open === null) return;
  clearTimeout(open.timer);
  open.image.remove();
  URL.revokeObjectURL(open.address);
  open = null;
}

async function look(form, size) {
  cover();
  const fields = new URLSearchParams(new FormData(form));
  fields.set("size", size);
  const answer = await fetch(form.action, { method: "POST", body: fields, headers: { accept: "image/png" } });
  if (!answer.ok || answer.headers.get("content-type") !== "image/png") {
    document.open();
    document.write(await answer.text());
    document.close();
    return;
  }
  const address = URL.createObjectURL(await answer.blob());
  const image = new Image();
  image.src = address;
  image.alt = "";
  image.className = size;
  image.draggable = false;
  image.addEventListener("contextmenu", (event) => event.preventDefault());
  document.getElementById("content").prepend(image);
  open = { image, address, timer: setTimeout(cover, seconds() * 1000) };
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.look") || !event.submitter) return;
  event.preventDefault();
  look(event.target, event.submitter.value);
});

document.addEventListener("visibilitychange", () => { if (document.hidden) cover(); });
window.addEventListener("pagehide", cover);
