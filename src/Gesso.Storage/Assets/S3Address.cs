using Gesso.Contracts.Errors;

namespace Gesso.Storage.Assets;

/// <summary>
/// A place in S3 or a store that speaks it: <c>s3://BUCKET/PREFIX?endpoint=URL&amp;region=R&amp;path_style=true&amp;access_key=K&amp;secret_key=S</c>. Without
/// keys, those of the environment are used (AWS_ACCESS_KEY_ID and the other usual ways).
/// </summary>
internal sealed record S3Address
{
    public const string Scheme = "s3://";

    private const string Form = "s3://BUCKET/PREFIX?endpoint=URL&region=REGION&path_style=true";

    public required string Bucket { get; init; }

    /// <summary>Empty, or with a slash at its end.</summary>
    public required string Prefix { get; init; }

    /// <summary>Null: Amazon's for the region.</summary>
    public Uri? Endpoint { get; init; }

    public string Region { get; init; } = "us-east-1";

    /// <summary>Whether the bucket is in the path, not in the host name: most stores other than Amazon's need it.</summary>
    public bool PathStyle { get; init; }

    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    /// <summary>Without keys.</summary>
    public string Display => $"{Scheme}{Bucket}/{Prefix}" + (Endpoint is null ? "" : $" at {Endpoint.GetLeftPart(UriPartial.Authority)}");

    /// <exception cref="GessoException">InvalidRequest <c>bad_assets</c>; the message does not repeat keys.</exception>
    public static S3Address Parse(string place)
    {
        string[] halves = place[Scheme.Length..].Split('?', 2);
        string[] path = halves[0].Split('/', 2);
        string prefix = path.Length > 1 ? path[1].Trim('/') : "";
        if (path[0].Length == 0)
            throw Bad("names no bucket");
        var address = new S3Address { Bucket = path[0], Prefix = prefix.Length == 0 ? "" : prefix + "/" };
        foreach (string option in halves.Length > 1 ? halves[1].Split('&', StringSplitOptions.RemoveEmptyEntries) : [])
        {
            string[] parts = option.Split('=', 2);
            address = address.With(parts[0], parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
        }
        return (address.AccessKey is null) == (address.SecretKey is null) ? address : throw Bad("has only one of access_key and secret_key");
    }

    private S3Address With(string option, string value) => option switch
    {
        "endpoint" => Uri.TryCreate(value, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"
            ? this with { Endpoint = endpoint }
            : throw Bad($"has endpoint \"{value}\", which is not an http or https URL"),
        "region" => this with { Region = value },
        "path_style" => bool.TryParse(value, out bool pathStyle)
            ? this with { PathStyle = pathStyle }
            : throw Bad($"has path_style \"{value}\", expected true or false"),
        "access_key" => this with { AccessKey = value },
        "secret_key" => this with { SecretKey = value },
        _ => throw Bad($"has the unknown option \"{option}\""),
    };

    private static GessoException Bad(string what) => GessoException.Invalid("bad_assets", $"assets: expected {Form}; this one {what}.");
}
