using Headgate.Repository.Quota;

namespace Headgate.Repository.Blobs;

/// <summary>One upload.</summary>
/// <param name="Key">What.</param>
/// <param name="Body">The bytes. Reading throws <see cref="BodyBrokenException"/> when they end early.</param>
/// <param name="Length">How many were announced; null when the end tells.</param>
/// <param name="Connection">The connection it came by.</param>
/// <param name="Ledger">The tenant's account.</param>
/// <param name="Reservation">What was set aside for it; null when the object was there already and nothing needs to be.</param>
internal sealed record SaveRequest(BlobKey Key, Stream Body, long? Length, string Connection, TenantLedger Ledger, Reservation? Reservation);
