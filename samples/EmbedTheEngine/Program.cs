using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine;
using Gesso.Engine.Library;

var source = ModelLibrary.Default.Resolve(pathOrName: null, new CompanionFiles(), axes: null);
using var engine = ImageEngine.Load(source);
var plan = engine.Plan(new ImageRequest { Prompt = "a red apple in noto style", Seed = new Seed(7) });
var picture = engine.Generate(plan).Last().Result!.Picture;
AtomicFile.Write("gesso-apple.png", ImageFiles.EncodePng(picture));
