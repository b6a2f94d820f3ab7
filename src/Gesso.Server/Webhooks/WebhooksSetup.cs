namespace Gesso.Server.Webhooks;

/// <summary>Telling others that a job ended.</summary>
internal static class WebhooksSetup
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services) => services
        .AddSingleton<WebhookSender>()
        .AddHostedService<WebhookDispatcher>();
}
