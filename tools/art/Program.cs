using System.CommandLine;
using Gesso.Art;
using Gesso.Contracts.Errors;

Argument<string[]> styles = new("style")
{
    Arity = ArgumentArity.OneOrMore,
    Description = $"Which sets: {string.Join(", ", ArtSet.All.Select(s => s.IsKnown ? s.Style : s.Style + " (unknown to the bundled model)"))}, or all",
};
Option<string> folder = new("--out") { Description = "Gets a folder for each style", DefaultValueFactory = _ => "art" };
Option<string> cache = new("--cache") { Description = "Keeps what npm served", DefaultValueFactory = _ => Path.Combine(Path.GetTempPath(), "gesso-art") };
Option<int> size = new("--size") { Description = "Width and height in pixels", DefaultValueFactory = _ => 128 };
Option<int?> count = new("--count") { Description = "So many of each style, drawn by lot; otherwise all" };
Option<ulong> seed = new("--seed") { Description = "For the lot" };
Option<string?> things = new("--things") { Description = "A JSON list of names, such as models/gesso-mini/concepts.json: only these" };
Option<string> caption = new("--caption") { Description = "Of each picture", DefaultValueFactory = _ => "{thing} in {style} style" };
Option<bool> transparent = new("--transparent") { Description = "No white background" };

RootCommand root = new("Builds folders of pictures with captions from openly licensed emoji artwork, for trying the trainer.")
{
    styles, folder, cache, size, count, seed, things, caption, transparent,
};
size.Validators.Add(r => Check(r.GetValueOrDefault<int>() is >= 16 and <= 4096, "--size: 16 to 4096", r.AddError));
count.Validators.Add(r => Check(r.GetValueOrDefault<int?>() is null or > 0, "--count: 1 or more", r.AddError));
root.SetAction(parsed =>
{
    try
    {
        string[] named = parsed.GetRequiredValue(styles);
        ArtOptions options = new()
        {
            Sets = named.Contains("all") ? ArtSet.All : [.. named.Distinct().Select(ArtSet.Find)],
            Out = parsed.GetRequiredValue(folder),
            Cache = parsed.GetRequiredValue(cache),
            Size = parsed.GetValue(size),
            Count = parsed.GetValue(count),
            Seed = parsed.GetValue(seed),
            Things = parsed.GetValue(things),
            Caption = parsed.GetRequiredValue(caption),
            Transparent = parsed.GetValue(transparent),
        };
        foreach (var (made, pictures, attribution) in ArtBuilder.Build(options))
            Console.WriteLine($"{made}: {pictures} pictures of {attribution}");
        Console.WriteLine("Keep ATTRIBUTION.md with the pictures, and name the artists where you show them or what you train on them.");
        return 0;
    }
    catch (GessoException e)
    {
        Console.Error.WriteLine(e.Message);
        return e.Kind == ErrorKind.InvalidRequest ? 2 : 1;
    }
});
return root.Parse(args).Invoke();

static void Check(bool holds, string expected, Action<string> tell)
{
    if (!holds)
        tell(expected);
}
