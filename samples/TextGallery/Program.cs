using Gesso.Diffusion.Imaging;
using Gesso.Samples.TextGallery;
using Gesso.Typography.Document;
using Gesso.Typography.Fonts;
using Gesso.Typography.Rendering;
using Gesso.Typography.Verification;

// the pictures of docs/gallery.md: plates that are drawn here, words from the documents beside this file
string folder = args.Length > 0 ? args[0] : ".";
string[] names = args.Length > 1 ? args[1..] : [.. Plates.All.Keys];
var renderer = new CarefulRenderer(new TextRenderer(FontLibrary.Default));
foreach (string name in names)
{
    var document = TextDocumentJson.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, $"{name}.json")));
    var laid = renderer.Lay(document, Plates.All[name]());
    string path = Path.Combine(folder, $"{name}.jpg");
    // as good as fits into the folder of a document
    byte[] file = Enumerable.Range(0, 20).Select(i => ImageFiles.Encode(laid.Rendering.Picture, ImageFileType.Jpeg, 92 - 2 * i)).First(made => made.Length < 112_000);
    AtomicFile.Write(path, file);
    Console.WriteLine($"{path}: {(laid.Report.Passed ? "everything holds" : string.Join("; ", laid.Report.Failures.Select(failure => failure.Detail)))}");
}
