import { useEffect, useRef } from 'react';
import type { VoiceSession } from './voice-session.ts';

/** How far the ring grows at full level, as a share of its size. */
const growth = 0.36;
/** How much of a fall in level is shown per frame; a rise is shown at once. */
const decay = 0.15;

/** The microphone's level around the talk button; drawn past React, sixty times a second. */
export function LevelRing({ session, isActive }: { session: VoiceSession; isActive: boolean }) {
  const ring = useRef<HTMLSpanElement>(null);

  useEffect(() => {
    const element = ring.current;
    if (!isActive || element === null) return;
    let shown = 0;
    let frame = requestAnimationFrame(function draw() {
      const { level } = session;
      shown = level > shown ? level : shown + (level - shown) * decay;
      element.style.transform = `scale(${1 + shown * growth})`;
      element.dataset.level = shown.toFixed(2);
      frame = requestAnimationFrame(draw);
    });
    return () => {
      cancelAnimationFrame(frame);
      element.style.transform = '';
      element.dataset.level = '0';
    };
  }, [session, isActive]);

  return <span className="level" ref={ring} data-testid="level-meter" data-level="0" aria-hidden="true" />;
}
