// The microphone, as a value that moves: asked for, recording, done. Nothing is kept once it is let go of.

export interface Recording {
  /** The sound so far, as one file; the microphone is let go of. */
  finish(): Promise<File>;
  /** Lets go of the microphone and of what was said. */
  cancel(): void;
}

/** What services take, by what browsers can make. */
const FORMATS = [
  { type: "audio/webm;codecs=opus", ending: "webm" },
  { type: "audio/mp4", ending: "mp4" },
  { type: "audio/ogg;codecs=opus", ending: "ogg" },
] as const;

/** Rejects with a DOMException: NotAllowedError where permission is refused, NotFoundError without a microphone. */
export async function startRecording(signal: AbortSignal): Promise<Recording> {
  if (!navigator.mediaDevices || typeof MediaRecorder === "undefined") {
    throw new DOMException("this browser cannot record", "NotSupportedError");
  }
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const release = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  if (signal.aborted) {
    release();
    throw signal.reason;
  }
  const format = FORMATS.find(({ type }) => MediaRecorder.isTypeSupported(type)) ?? FORMATS[0];
  const recorder = new MediaRecorder(stream, { mimeType: format.type });
  const pieces: Blob[] = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  recorder.start();
  return {
    finish: () =>
      new Promise((resolve, reject) => {
        recorder.onerror = () => reject(new DOMException("the recording broke off", "UnknownError"));
        recorder.onstop = () => {
          release();
          resolve(new File(pieces, `speech.${format.ending}`, { type: format.type }));
        };
        if (recorder.state === "inactive") recorder.onstop(new Event("stop"));
        else recorder.stop();
      }),
    cancel() {
      recorder.ondataavailable = null;
      recorder.onstop = null;
      if (recorder.state !== "inactive") recorder.stop();
      release();
    },
  };
}
