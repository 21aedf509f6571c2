"""The toy WeCom beside the toy Telegram: an AI bot's gateway, a self-built app, group webhooks, people with phones."""
