namespace Gesso.Server.Security;

/// <summary>What a request must look like before anybody cares who sent it.</summary>
internal static class SecuritySetup
{
    public static IServiceCollection AddSecurity(this IServiceCollection services) => services.AddSingleton<PictureUrls>();
}
