using Gesso.Contracts.Images;
using Gesso.Typography.Document;
using Gesso.Typography.Layout;
using Gesso.Typography.Scene;

namespace Gesso.Typography.Rendering;

/// <summary>What does not depend on the pixels below a layer.</summary>
/// <param name="Layout">In pixels of the picture; of a layer in the scene, in pixels of its raster.</param>
/// <param name="Letters">Their coverage, in the same pixels.</param>
/// <param name="Scene">Null: the layer is laid on top.</param>
internal sealed record PreparedLayer(LayerLayout Layout, GlyphOutlines Outlines, MaskPlane Letters, ScenePlace? Scene = null);

/// <summary>The surface of a layer in the scene, and the raster that is bent onto it.</summary>
/// <param name="Layer">As the document has it, in pixels of the picture.</param>
/// <param name="Raster">All of the surface, unrolled.</param>
/// <param name="Scale">Pixels of the raster for one of the picture.</param>
internal sealed record ScenePlace(TextLayer Layer, SceneSurface Surface, ImageSize Raster, double Scale);
