"""WeCom (企业微信): the AI bot, the self-built app and the group webhook."""
