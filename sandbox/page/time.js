// The company's clock: every time on the page is shown in the company's zone, whatever the zone of the browser.
// Instants are milliseconds since 1970 (UTC); `offset` is the zone's distance from UTC in minutes.

const MINUTE = 60_000;
export const DAY = 86_400_000;

/** Days on which nobody works, as [month, first day, last day]; they are the same every year. Moving feasts are not known here. */
const FIXED_HOLIDAYS = [
  [1, 1, 1],
  [5, 1, 3],
  [10, 1, 7],
];

const WEEKDAYS = {
  zh: ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
  en: ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
};

const two = (number) => String(number).padStart(2, "0");

/** `2026-11-20T17:20:00+08:00` → {ms, offset}. An instant without a zone counts as UTC. */
export function parseIso(iso) {
  const zone = /([+-])(\d\d):?(\d\d)$/.exec(iso);
  const offset = zone ? (zone[1] === "-" ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
  return { ms: Date.parse(iso), offset };
}

/** What the wall clock shows at an instant. `weekday`: 0 is Sunday. */
export function wall(ms, offset) {
  const shifted = new Date(ms + offset * MINUTE);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    weekday: shifted.getUTCDay(),
  };
}

/** The instant at which the wall clock shows this; days and months may overflow (day 32 is the next month). */
export function instant(year, month, day, hour, minute, offset) {
  return Date.UTC(year, month - 1, day, hour, minute) - offset * MINUTE;
}

/** An instant as ISO text with the company's zone, to the second. */
export function toIso(ms, offset) {
  const shown = new Date(ms + offset * MINUTE).toISOString().slice(0, 19);
  const size = Math.abs(offset);
  return `${shown}${offset < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

export function weekdayName(weekday, lang) {
  return WEEKDAYS[lang][weekday];
}

/** `11-20 周五` or `Fri 11-20`; with the year when it is not `thisYear`. */
export function dayText(at, lang, thisYear = at.year) {
  const date = `${at.year === thisYear ? "" : `${at.year}-`}${two(at.month)}-${two(at.day)}`;
  const weekday = weekdayName(at.weekday, lang);
  return lang === "zh" ? `${date} ${weekday}` : `${weekday} ${date}`;
}

/** `17:20` */
export function timeText(at) {
  return `${two(at.hour)}:${two(at.minute)}`;
}

/** `11-20 周五 17:20` */
export function momentText(ms, offset, lang) {
  const at = wall(ms, offset);
  return `${dayText(at, lang)} ${timeText(at)}`;
}

/** The same day in the company's zone? */
export function sameDay(one, other) {
  return one.day === other.day && one.month === other.month && one.year === other.year;
}

/** Monday to Friday, the fixed holidays excepted. */
export function isWorkingDay(at) {
  if (at.weekday === 0 || at.weekday === 6) return false;
  return !FIXED_HOLIDAYS.some(([month, first, last]) => at.month === month && at.day >= first && at.day <= last);
}

/** The first working day of a month, as an instant at the given time of day. */
export function firstWorkingDay(year, month, hour, minute, offset) {
  for (let day = 1; ; day += 1) {
    const ms = instant(year, month, day, hour, minute, offset);
    if (isWorkingDay(wall(ms, offset))) return ms;
  }
}

/** The next instant after `now` at this time of day on this weekday (0 is Sunday), or on any day when `weekday` is null. */
function nextAt(now, offset, weekday, hour, minute) {
  const at = wall(now, offset);
  for (let ahead = 0; ; ahead += 1) {
    const ms = instant(at.year, at.month, at.day + ahead, hour, minute, offset);
    if (ms > now && (weekday === null || wall(ms, offset).weekday === weekday)) return ms;
  }
}

/**
 * The moments worth jumping to from `now`, in the order of the buttons: the evening nudge, the last half hour before the weekly
 * deadline, just before Monday's meeting, and the opening of the month (reports of the month are due that day).
 */
export function jumps(now, offset) {
  const at = wall(now, offset);
  const thisMonth = firstWorkingDay(at.year, at.month, 9, 5, offset);
  return [
    { id: "evening", ms: nextAt(now, offset, null, 17, 30) },
    { id: "saturday", ms: nextAt(now, offset, 6, 21, 25) },
    { id: "monday", ms: nextAt(now, offset, 1, 8, 45) },
    { id: "month", ms: thisMonth > now ? thisMonth : firstWorkingDay(at.year, at.month + 1, 9, 5, offset) },
  ];
}

/** Whole days between two instants by the calendar of the company (today 0, tomorrow 1). */
export function daysBetween(from, to, offset) {
  const midnight = (ms) => Math.floor((ms + offset * MINUTE) / DAY);
  return midnight(to) - midnight(from);
}
