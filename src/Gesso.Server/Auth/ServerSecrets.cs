namespace Gesso.Server.Auth;

/// <summary>A key for signed URLs; its id travels in the URL, so that keys can be exchanged without breaking URLs already handed out.</summary>
public sealed record UrlKey(string Id, byte[] Key);

/// <summary>What a server knows and its database does not: without it a stolen database holds no usable keys.</summary>
/// <param name="Pepper">32 bytes that API keys are hashed with.</param>
/// <param name="UrlKeys">The first signs; all are accepted.</param>
public sealed record ServerSecrets(byte[] Pepper, IReadOnlyList<UrlKey> UrlKeys);
