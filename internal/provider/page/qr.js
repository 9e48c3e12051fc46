"use strict";
// Draws the QR code of a login, waits for the phone, and takes the browser to
// the redirect URI. Where the page holds no login yet, asks for one first.
(async () => {
  const main = document.querySelector("main");
  const say = (name, text) => {
    const line = document.createElement(name);
    line.textContent = text;
    main.append(line);
    return line;
  };
  const post = async (path, body) => {
    const answer = await fetch(path, { method: "POST", body, cache: "no-store" });
    if (!answer.ok) throw new Error("status " + answer.status);
    return answer.json();
  };
  const draw = (rows) => {
    const quiet = 4, side = 6;
    const canvas = main.querySelector("canvas") || main.appendChild(document.createElement("canvas"));
    canvas.width = canvas.height = (rows.length + 2 * quiet) * side;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "QR code for the phone");
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = "#000";
    rows.forEach((row, y) => [...row].forEach((dark, x) => {
      if (dark === "1") pen.fillRect((x + quiet) * side, (y + quiet) * side, side, side);
    }));
  };
  try {
    let transaction = main.dataset.transaction;
    if (!transaction) {
      const started = await post(main.dataset.start + location.search);
      if (started.error) {
        say("h1", "Error");
        say("p", started.error + ": " + started.message);
        return;
      }
      transaction = started.transaction;
      say("h1", "Scan to log in");
    }
    const body = new URLSearchParams({ transaction });
    draw((await post(main.dataset.code, body)).rows);
    say("p", "Scan the code with the app on your phone, and agree there.");
    for (;;) {
      const state = await post(main.dataset.wait, body);
      if (state.location) {
        location.replace(state.location);
        return;
      }
      if (state.message) {
        say("p", state.message);
        return;
      }
    }
  } catch (problem) {
    say("p", "The page could not go on (" + problem.message + "). Load it again.");
  }
})();
