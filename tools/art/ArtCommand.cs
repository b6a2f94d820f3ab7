using System.CommandLine;
using Gesso.Contracts.Errors;

namespace Gesso.Art;

/// <summary>The command line.</summary>
internal sealed class ArtCommand
{
    private readonly Argument<string[]> _styles = new("style")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = $"Which sets: {string.Join(", ", ArtSet.All.Select(s => s.IsKnown ? s.Style : s.Style + " (unknown to the bundled model)"))}, or all",
    };
    private readonly Option<string> _folder = new("--out") { Description = "Gets a folder for each style", DefaultValueFactory = _ => "art" };
    private readonly Option<string> _cache = new("--cache") { Description = "Keeps what npm served", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "gesso-art") };
    private readonly Option<int> _size = new("--size") { Description = "Width and height in pixels", DefaultValueFactory = _ => 128 };
    private readonly Option<int?> _count = new("--count") { Description = "So many of each style, drawn by lot; otherwise all" };
    private readonly Option<ulong> _seed = new("--seed") { Description = "For the lot" };
    private readonly Option<string?> _things = new("--things") { Description = "A JSON list of names, such as models/gesso-mini/concepts.json: only these" };
    private readonly Option<string> _caption = new("--caption") { Description = "Of each picture", DefaultValueFactory = _ => "{thing} in {style} style" };
    private readonly Option<bool> _transparent = new("--transparent") { Description = "No white background" };

    public static RootCommand Create()
    {
        var art = new ArtCommand();
        RootCommand root = new("Builds folders of pictures with captions from openly licensed emoji artwork, for trying the trainer.")
        {
            art._styles, art._folder, art._cache, art._size, art._count, art._seed, art._things, art._caption, art._transparent,
        };
        art._size.Validators.Add(r => Check(r.GetValueOrDefault<int>() is >= 16 and <= 4096, "--size: 16 to 4096", r.AddError));
        art._count.Validators.Add(r => Check(r.GetValueOrDefault<int?>() is null or > 0, "--count: 1 or more", r.AddError));
        root.SetAction(art.Run);
        return root;
    }

    private int Run(ParseResult parsed)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        try
        {
            foreach (var (made, pictures, attribution) in ArtBuilder.Build(Options(parsed)))
                output.WriteLine($"{made}: {pictures} pictures of {attribution}");
            output.WriteLine("Keep ATTRIBUTION.md with the pictures, and name the artists where you show them or what you train on them.");
            return 0;
        }
        catch (GessoException e)
        {
            error.WriteLine(e.Message);
            return e.Kind == ErrorKind.InvalidRequest ? 2 : 1;
        }
    }

    private ArtOptions Options(ParseResult parsed)
    {
        string[] named = parsed.GetRequiredValue(_styles);
        return new ArtOptions
        {
            Sets = named.Contains("all") ? ArtSet.All : [.. named.Distinct().Select(ArtSet.Find)],
            Out = parsed.GetRequiredValue(_folder),
            Cache = parsed.GetRequiredValue(_cache),
            Size = parsed.GetValue(_size),
            Count = parsed.GetValue(_count),
            Seed = parsed.GetValue(_seed),
            Things = parsed.GetValue(_things),
            Caption = parsed.GetRequiredValue(_caption),
            Transparent = parsed.GetValue(_transparent),
        };
    }

    private static void Check(bool holds, string expected, Action<string> tell)
    {
        if (!holds)
            tell(expected);
    }
}
