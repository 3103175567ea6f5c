/** How a user wishes a task to be served among their own. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
