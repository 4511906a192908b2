namespace Headgate.Connector.Resume;

/// <summary>The authenticated repository does not take this run's streams, and no waiting or other gateway changes that. The message is for the user.</summary>
internal sealed class CopyRefusedException(string sentence, Exception? why = null) : Exception(sentence, why);
