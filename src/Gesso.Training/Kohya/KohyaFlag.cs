namespace Gesso.Training.Kohya;

/// <summary>What becomes of a flag of kohya's trainer.</summary>
internal enum FlagFate
{
    /// <summary>It decides something.</summary>
    Used,

    /// <summary>Gesso does it without being told, or needs no such setting; said in a note.</summary>
    Automatic,

    /// <summary>kohya itself never reads it on FLUX; said in a note.</summary>
    NoEffect,

    /// <summary>It would change the result and is not there: refused, so that nobody trains something else than was asked for.</summary>
    Missing,
}

/// <summary>A flag of <c>flux_train_network.py</c> (sd-scripts v0.10.1; lora.md §1.2).</summary>
/// <param name="Name">With underscores.</param>
/// <param name="Fate">What becomes of it.</param>
/// <param name="Remark">Why, as a clause; for flags that are used: null.</param>
/// <param name="IsSwitch">Takes no value.</param>
internal sealed record KohyaFlag(string Name, FlagFate Fate, string? Remark = null, bool IsSwitch = false)
{
    private const string Caches = "latents and text states are always cached, by content, so that a changed picture or caption is never missed";
    private const string Attention = "attention is always the fused kernel";
    private const string Precision = "adapters, loss and optimiser are f32, the base keeps its type";
    private const string Memory = "the base is held as it is stored (--memory compact) where memory is short";
    private const string Loader = "batches are made while the device computes";
    private const string Diffusion = "it belongs to noise prediction; flow matching has no use for it";
    private const string State = "the state is always saved, and a run that is started again goes on from it";
    private const string Hub = "nothing is uploaded";

    private static readonly Dictionary<string, KohyaFlag> s_all = Create().ToDictionary(f => f.Name);

    public static KohyaFlag? Find(string name) => s_all.GetValueOrDefault(name);

    public static IEnumerable<string> Names => s_all.Keys;

    private static IEnumerable<KohyaFlag> Create()
    {
        foreach (string name in (string[])[
            "pretrained_model_name_or_path", "clip_l", "t5xxl", "ae", "train_data_dir", "reg_data_dir", "dataset_config", "config_file", "output_dir", "output_name",
            "network_module", "network_dim", "network_alpha", "network_dropout", "network_args", "learning_rate", "unet_lr", "optimizer_type", "optimizer_args",
            "lr_scheduler", "lr_warmup_steps", "lr_scheduler_num_cycles", "lr_scheduler_power", "lr_scheduler_min_lr_ratio", "max_grad_norm", "max_train_steps",
            "max_train_epochs", "gradient_accumulation_steps", "train_batch_size", "timestep_sampling", "discrete_flow_shift", "sigmoid_scale",
            "model_prediction_type", "guidance_scale", "weighting_scheme", "logit_mean", "logit_std", "loss_type", "huber_schedule", "huber_c",
            "t5xxl_max_token_length", "resolution", "min_bucket_reso", "max_bucket_reso", "bucket_reso_steps", "caption_extension", "caption_extention", "keep_tokens",
            "caption_prefix", "caption_suffix", "caption_dropout_rate", "caption_tag_dropout_rate", "prior_loss_weight", "sample_prompts", "sample_every_n_epochs",
            "sample_every_n_steps", "save_every_n_epochs", "save_every_n_steps", "seed", "validation_split", "validate_every_n_steps", "validate_every_n_epochs",
            "dataset_repeats", "metadata_title", "metadata_author", "metadata_description", "metadata_license", "metadata_tags", "metadata_usage_hint",
            "metadata_trigger_phrase", "training_comment"])
        {
            yield return new KohyaFlag(name, FlagFate.Used);
        }
        foreach (string name in (string[])["enable_bucket", "bucket_no_upscale", "shuffle_caption", "flip_aug", "gradient_checkpointing", "masked_loss", "alpha_mask", "use_8bit_adam", "use_lion_optimizer", "no_metadata"])
            yield return new KohyaFlag(name, FlagFate.Used, IsSwitch: true);

        yield return new KohyaFlag("network_train_unet_only", FlagFate.Automatic, "text encoders are never trained", IsSwitch: true);
        yield return new KohyaFlag("text_encoder_lr", FlagFate.Automatic, "text encoders are never trained");
        foreach (string name in (string[])["cache_latents", "cache_latents_to_disk", "cache_text_encoder_outputs", "cache_text_encoder_outputs_to_disk", "skip_cache_check"])
            yield return new KohyaFlag(name, FlagFate.Automatic, Caches, IsSwitch: true);
        foreach (string name in (string[])["vae_batch_size", "text_encoder_batch_size"])
            yield return new KohyaFlag(name, FlagFate.Automatic, Caches);
        foreach (string name in (string[])["mixed_precision", "save_precision"])
            yield return new KohyaFlag(name, FlagFate.Automatic, name == "mixed_precision" ? Precision : "adapters are saved as bf16");
        foreach (string name in (string[])["full_bf16", "full_fp16"])
            yield return new KohyaFlag(name, FlagFate.Automatic, Precision, IsSwitch: true);
        foreach (string name in (string[])["fp8_base", "fp8_base_unet", "highvram", "lowram", "lowvram", "cpu_offload_checkpointing", "disable_mmap_load_safetensors"])
            yield return new KohyaFlag(name, FlagFate.Automatic, Memory, IsSwitch: true);
        yield return new KohyaFlag("blocks_to_swap", FlagFate.Automatic, Memory);
        foreach (string name in (string[])["max_data_loader_n_workers", "ddp_timeout"])
            yield return new KohyaFlag(name, FlagFate.Automatic, Loader);
        yield return new KohyaFlag("persistent_data_loader_workers", FlagFate.Automatic, Loader, IsSwitch: true);
        foreach (string name in (string[])["save_state", "save_state_on_train_end"])
            yield return new KohyaFlag(name, FlagFate.Automatic, State, IsSwitch: true);
        foreach (string name in (string[])["resume", "initial_epoch", "initial_step"])
            yield return new KohyaFlag(name, FlagFate.Automatic, State);
        yield return new KohyaFlag("skip_until_initial_step", FlagFate.Automatic, State, IsSwitch: true);
        foreach (string name in (string[])["save_last_n_epochs", "save_last_n_steps", "save_last_n_epochs_state", "save_last_n_steps_state"])
            yield return new KohyaFlag(name, FlagFate.Automatic, "the best, the last and a ladder of adapters are kept");
        foreach (string name in (string[])["logging_dir", "log_with", "log_prefix", "log_tracker_name", "log_tracker_config", "wandb_run_name", "wandb_api_key", "console_log_level", "console_log_file"])
            yield return new KohyaFlag(name, FlagFate.Automatic, "the log is a file of JSON lines beside the adapter");
        yield return new KohyaFlag("log_config", FlagFate.Automatic, "the log is a file of JSON lines beside the adapter", IsSwitch: true);
        yield return new KohyaFlag("sample_at_first", FlagFate.Automatic, "the base is always drawn beside the adapter", IsSwitch: true);
        yield return new KohyaFlag("validation_seed", FlagFate.Automatic, "the held-out pictures follow from --seed");
        yield return new KohyaFlag("max_validation_steps", FlagFate.Automatic, "every held-out picture is looked at");
        yield return new KohyaFlag("save_model_as", FlagFate.Automatic, "adapters are safetensors files");
        foreach (string name in (string[])["huggingface_repo_id", "huggingface_repo_type", "huggingface_path_in_repo", "huggingface_token", "huggingface_repo_visibility"])
            yield return new KohyaFlag(name, FlagFate.Automatic, Hub);
        foreach (string name in (string[])["async_upload", "save_state_to_huggingface", "resume_from_huggingface"])
            yield return new KohyaFlag(name, FlagFate.Automatic, Hub, IsSwitch: true);
        foreach (string name in (string[])["output_config", "debug_dataset", "apply_t5_attn_mask_off", "no_half_vae", "torch_compile"])
            yield return new KohyaFlag(name, FlagFate.Automatic, "it is not needed here", IsSwitch: true);

        foreach (string name in (string[])["min_snr_gamma", "noise_offset", "multires_noise_iterations", "multires_noise_discount", "adaptive_noise_scale", "v_pred_like_loss", "min_timestep", "max_timestep"])
            yield return new KohyaFlag(name, FlagFate.NoEffect, Diffusion);
        foreach (string name in (string[])["zero_terminal_snr", "debiased_estimation_loss", "scale_v_pred_loss_like_noise_pred", "noise_offset_random_strength", "v2", "v_parameterization"])
            yield return new KohyaFlag(name, FlagFate.NoEffect, Diffusion, IsSwitch: true);
        foreach (string name in (string[])["clip_skip", "max_token_length", "sample_sampler"])
            yield return new KohyaFlag(name, FlagFate.NoEffect, "FLUX has no such choice");
        foreach (string name in (string[])["xformers", "sdpa", "mem_eff_attn", "split_attn"])
            yield return new KohyaFlag(name, FlagFate.NoEffect, Attention, IsSwitch: true);
        foreach (string name in (string[])["vae", "tokenizer_cache_dir", "mode_scale"])
            yield return new KohyaFlag(name, FlagFate.NoEffect, "FLUX does not read it here");

        foreach (string name in (string[])["network_weights", "base_weights", "base_weights_multiplier", "scale_weight_norms", "ip_noise_gamma", "caption_dropout_every_n_epochs",
            "token_warmup_min", "token_warmup_step", "keep_tokens_separator", "secondary_separator", "lr_decay_steps", "lr_scheduler_timescale", "lr_scheduler_type", "lr_scheduler_args",
            "max_train_steps_per_epoch", "conditioning_data_dir", "huber_scale", "face_crop_aug_range"])
        {
            yield return new KohyaFlag(name, FlagFate.Missing);
        }
        foreach (string name in (string[])["dim_from_weights", "color_aug", "random_crop", "enable_wildcard", "apply_t5_attn_mask", "ip_noise_gamma_random_strength", "deepspeed"])
            yield return new KohyaFlag(name, FlagFate.Missing, IsSwitch: true);
    }
}
