namespace Gesso.Server.Fetching;

/// <summary>Requests of this server to addresses that callers named.</summary>
internal static class FetchingSetup
{
    public static IServiceCollection AddFetching(this IServiceCollection services) => services
        .AddSingleton<GuardedHttp>()
        .AddSingleton<IPictureFetcher, PictureFetcher>();
}
