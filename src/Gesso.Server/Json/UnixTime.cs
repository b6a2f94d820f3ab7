namespace Gesso.Server.Json;

/// <summary>Times on the wire: Unix seconds, with milliseconds behind the point.</summary>
internal static class UnixTime
{
    public static double UnixSeconds(this DateTimeOffset time) => time.ToUnixTimeMilliseconds() / 1000.0;
}
