import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const grave = ['serious', 'critical'];

/** What hinders people on this page as it is now: the rule, and the elements that break it. */
export async function hindrances(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => grave.includes(impact ?? ''))
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)}`);
}

/** Controls that reach over the sides of what they are in; it does not scroll sideways. */
export function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(`{
    const { left, right } = document.querySelector('.talk-room').getBoundingClientRect();
    [...document.querySelectorAll('.dock :is(button, label, input)')]
      .filter((control) => {
        const box = control.getBoundingClientRect();
        return box.left < left || box.right > right;
      })
      .map((control) => control.outerHTML);
  }`);
}
