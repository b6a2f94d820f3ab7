using System.Text.Json;
using Gesso.Contracts.Errors;
using SkiaSharp;

namespace Gesso.Art;

/// <summary>What to build, and where.</summary>
internal sealed record ArtOptions
{
    public required IReadOnlyList<ArtSet> Sets { get; init; }

    /// <summary>Gets a folder for each style.</summary>
    public required string Out { get; init; }

    /// <summary>What npm served.</summary>
    public required string Cache { get; init; }

    /// <summary>Width and height in pixels.</summary>
    public int Size { get; init; } = 128;

    /// <summary>How many of each style, drawn by lot; null: all.</summary>
    public int? Count { get; init; }

    public ulong Seed { get; init; }

    /// <summary>Only what this JSON list of names has; null: everything that has a name.</summary>
    public string? Things { get; init; }

    /// <summary>{thing} and {style} stand for themselves.</summary>
    public string Caption { get; init; } = "{thing} in {style} style";

    public bool Transparent { get; init; }
}

/// <summary>Builds folders of pictures with captions, as trainers read them: THING.png beside THING.txt.</summary>
internal static class ArtBuilder
{
    private static readonly ArtSet s_namer = ArtSet.Find("noto");

    /// <summary>Builds, one style after the other.</summary>
    /// <returns>For each style its folder, the number of pictures, and whom to name for them.</returns>
    /// <exception cref="GessoException">As <see cref="NpmPackage.Fetch"/>; <c>no_things</c>, <c>folder_in_use</c>.</exception>
    public static IEnumerable<(string Folder, int Pictures, string Attribution)> Build(ArtOptions options)
    {
        HashSet<string>? wanted = options.Things is { } file ? [.. Read(file)] : null;
        var shortNames = new IconSet(NpmPackage.Fetch(s_namer.Package, options.Cache)).Names;
        foreach (var set in options.Sets)
        {
            IconSet icons = new(NpmPackage.Fetch(set.Package, options.Cache));
            IconNames names = new(set, shortNames);
            var things = icons.Names.Select(icon => (Icon: icon, Thing: names.Of(icon)))
                .Where(i => i.Thing is not null && wanted?.Contains(i.Thing) != false)
                .DistinctBy(i => i.Thing)
                .Select(i => (i.Icon, Thing: i.Thing!)).ToList();
            if (options.Count is { } count)
                things = [.. Draw(things, count, options.Seed).OrderBy(i => i.Thing, StringComparer.Ordinal)];
            if (things.Count == 0)
                throw GessoException.Invalid("no_things", $"{set.Style} has none of the things in {options.Things}.");
            string folder = Folder(options, set);
            foreach (var (icon, thing) in things)
                Save(options, set, folder, thing, icons.Svg(icon));
            File.WriteAllText(Path.Combine(folder, "ATTRIBUTION.md"), $"{icons.Attribution}; packaged as {set.Package} on npm.\n");
            yield return (folder, things.Count, icons.Attribution);
        }
    }

    private static void Save(ArtOptions options, ArtSet set, string folder, string thing, string svg)
    {
        string file = Path.Combine(folder, thing.Replace(' ', '-'));
        File.WriteAllBytes(file + ".png", Rasteriser.Draw(svg, options.Size, options.Transparent ? SKColors.Transparent : SKColors.White));
        File.WriteAllText(file + ".txt", options.Caption.Replace("{thing}", thing).Replace("{style}", set.Style) + "\n");
    }

    private static string Folder(ArtOptions options, ArtSet set)
    {
        string folder = Path.Combine(options.Out, set.Style);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            if (!File.Exists(Path.Combine(folder, "ATTRIBUTION.md")))
                throw GessoException.Invalid("folder_in_use", $"{folder} holds other files: give another folder with --out.");
            Directory.Delete(folder, recursive: true);
        }
        _ = Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>The first of a shuffled list, the same for the same seed; a smaller count gives a part of a larger one.</summary>
    private static List<T> Draw<T>(List<T> all, int count, ulong seed)
    {
        var random = new SplitMix64(seed);
        return [.. all.Select(item => (item, Key: random.Next())).OrderBy(i => i.Key).Take(count).Select(i => i.item)];
    }

    private static string[] Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(File.ReadAllBytes(file)) ?? [];
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw GessoException.Invalid("things_unreadable", $"{file} should hold a JSON list of names: {e.Message}", e);
        }
    }

    /// <summary>Sebastiano Vigna's splitmix64: small, and the same everywhere.</summary>
    private sealed class SplitMix64(ulong state)
    {
        private ulong _state = state;

        public ulong Next()
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
