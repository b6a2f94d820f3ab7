namespace Gesso.Server.Automatic1111;

/// <summary>Models by their titles: <c>name [hash]</c>, or the file's name where a client cuts the hash off.</summary>
internal static class SdModels
{
    public static string NameOf(string title)
    {
        int bracket = title.LastIndexOf(" [", StringComparison.Ordinal);
        string name = bracket > 0 && title.EndsWith(']') ? title[..bracket] : title;
        return name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? name[..^".safetensors".Length] : name;
    }
}
