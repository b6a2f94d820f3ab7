using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;

namespace Gesso.Benchmarks.Styles;

/// <summary>A real picture: a thing in a style, as tools/art made it.</summary>
internal sealed record ArtPicture(string Style, string Thing, string File, RasterImage Image)
{
    public const int Side = 128;

    /// <summary>Every picture of the style folders in a folder: those that name their artists.</summary>
    /// <exception cref="GessoException"><c>no_art</c>.</exception>
    public static List<ArtPicture> ReadAll(string folder)
    {
        string[] files = Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Where(d => System.IO.File.Exists(Path.Combine(d, "ATTRIBUTION.md")))
            .SelectMany(d => Directory.EnumerateFiles(d, "*.png")).Order(StringComparer.Ordinal)] : [];
        if (files.Length == 0)
            throw GessoException.Invalid("no_art", $"{folder} holds no pictures. Make them: dotnet run --project tools/art -c Release -- all --out {folder}");
        return [.. files.Select(Read)];
    }

    private static ArtPicture Read(string file)
    {
        var image = Resampler.ToRgb(ImageFiles.Read(file));
        return new(Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetFileNameWithoutExtension(file).Replace('-', ' '), file,
            image.Width == Side && image.Height == Side ? image : Resampler.Resize(image, Side, Side));
    }
}
