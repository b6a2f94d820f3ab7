using Microsoft.Extensions.FileProviders;

namespace Gesso.Studio;

/// <summary>The pages, embedded in the assembly: plain HTML, CSS and ES modules over the public API.</summary>
public static class StudioFiles
{
    /// <summary>The root of <c>wwwroot</c>.</summary>
    public static IFileProvider Provider { get; } = new ManifestEmbeddedFileProvider(typeof(StudioFiles).Assembly, "wwwroot");
}
