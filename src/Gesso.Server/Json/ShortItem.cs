namespace Gesso.Server.Json;

/// <summary>An item of a <see cref="ShortListField"/>: text or an object.</summary>
/// <param name="Path">Its place in the request.</param>
/// <param name="Text">The short form.</param>
/// <param name="Fields">Set where <paramref name="Text"/> is not.</param>
internal readonly record struct ShortItem(string Path, string? Text, RequestFields? Fields);
