using Gesso.Contracts.Images;
using Gesso.Platform.Assets;

namespace Gesso.Server.Pictures;

/// <summary>A stored picture to draw on.</summary>
/// <param name="Asset">Its file.</param>
/// <param name="MediaType">Its format.</param>
/// <param name="Size">Upright pixels.</param>
/// <param name="HasAlpha">Whether parts can be transparent; null: known only from the file.</param>
/// <param name="Bytes">Length of the file.</param>
internal sealed record SourcePicture(AssetKey Asset, string MediaType, ImageSize Size, bool? HasAlpha, long Bytes);
