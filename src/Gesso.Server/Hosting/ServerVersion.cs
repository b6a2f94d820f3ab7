using System.Reflection;

namespace Gesso.Server.Hosting;

/// <summary>The version of this program as answers tell it, without the commit it was built from.</summary>
internal static class ServerVersion
{
    public static string Text { get; } =
        (typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
