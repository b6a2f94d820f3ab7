using System.Drawing;
using Gesso.Engine.Ai;
using Gesso.Engine.Library;
using Microsoft.Extensions.AI;

var source = ModelLibrary.Default.Resolve(pathOrName: null, new CompanionFiles(), axes: null);
using IImageGenerator generator = GessoImageGenerator.Load(source);

var options = new ImageGenerationOptions
{
    ImageSize = new Size(128, 128),
    AdditionalProperties = new() { [ImageGeneratorKeys.Seed] = 7 },
};
var drawn = await generator.GenerateImagesAsync("a red apple in noto style", options);
var apple = (DataContent)drawn.Contents[0];
await File.WriteAllBytesAsync("gesso-apple.png", apple.Data);

options.AdditionalProperties[ImageGeneratorKeys.Strength] = 0.8;
var redrawn = await generator.EditImageAsync(apple, "a sunflower in noto style", options);
await File.WriteAllBytesAsync("gesso-sunflower.png", ((DataContent)redrawn.Contents[0]).Data);
